/** The character sets of names in Prometheus 2, which every receiver takes ("legacy" in Prometheus 3). */

/** `[a-zA-Z_][a-zA-Z0-9_]*` */
export function isLabelName(name: string): boolean {
  return isName(name, false);
}

/** `[a-zA-Z_:][a-zA-Z0-9_:]*` */
export function isMetricName(name: string): boolean {
  return isName(name, true);
}

function isName(name: string, colons: boolean): boolean {
  if (name === '') return false;
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    const letter = (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a) || unit === 0x5f;
    const digit = unit >= 0x30 && unit <= 0x39 && i > 0;
    if (!letter && !digit && !(colons && unit === 0x3a)) return false;
  }
  return true;
}
