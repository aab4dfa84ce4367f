/** Numbers as people read them. Pure; the locale is fixed so that a page says the same on every machine. */

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Every digit: `12,345,678`. For counts that must be compared. */
export function formatExact(value: number): string {
  return grouped.format(value);
}

/** Three significant digits: `0`, `0.05`, `7.25`, `312`, `12.3 k`, `4.56 M`. For rates and charts. */
export function formatShort(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '∞' : Number.isNaN(value) ? 'NaN' : '−∞';
  const size = Math.abs(value);
  const sign = value < 0 ? '−' : '';
  // 999.5 and above would round to 1000: that is `1 k`.
  for (const [unit, name] of [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (size >= unit * 0.9995) return `${sign}${significant(size / unit)} ${name}`;
  }
  if (size !== 0 && size < 0.001) return `${sign}${size.toExponential(1).replace('e-', 'e−')}`;
  return `${sign}${significant(size)}`;
}

function significant(value: number): string {
  if (value >= 99.95) return String(Math.round(value));
  if (value >= 9.995) return trimZeros(value.toFixed(1));
  if (value >= 0.9995) return trimZeros(value.toFixed(2));
  return trimZeros(value.toPrecision(2));
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text;
}

/** `0 B`, `640 B`, `1.5 KiB`, `2.25 GiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = Math.abs(bytes);
  let unit = 0;
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const text = unit === 0 ? String(Math.round(value)) : significant(value);
  return `${bytes < 0 ? '−' : ''}${text} ${units[unit]}`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatExact(count)} ${count === 1 ? one : many}`;
}
