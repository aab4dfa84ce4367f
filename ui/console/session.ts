/**
 * The admin token: from the address (`#token=…`, which never reaches a server and is taken out of the address bar at
 * once) or the login form, kept for this tab only. Where storage is forbidden it lives as long as the page.
 */

const KEY = 'spillway.admin-token';
let inMemory: string | undefined;

/** The token of an address fragment such as `#token=abc`. */
export function tokenOfFragment(hash: string): string | undefined {
  const token = new URLSearchParams(hash.replace(/^#/, '')).get('token');
  return token ? token : undefined;
}

export function takeTokenFromAddress(): string | undefined {
  const token = tokenOfFragment(location.hash);
  if (!token) return undefined;
  const rest = new URLSearchParams(location.hash.slice(1));
  rest.delete('token');
  const fragment = rest.size === 0 ? '' : `#${rest}`;
  history.replaceState(null, '', location.pathname + location.search + fragment);
  storeToken(token);
  return token;
}

export function storedToken(): string | undefined {
  try {
    return sessionStorage.getItem(KEY) ?? inMemory;
  } catch {
    return inMemory;
  }
}

export function storeToken(token: string): void {
  inMemory = token;
  try {
    sessionStorage.setItem(KEY, token);
  } catch {
    // Storage is forbidden here; the page keeps it.
  }
}

export function forgetToken(): void {
  inMemory = undefined;
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing was stored.
  }
}
