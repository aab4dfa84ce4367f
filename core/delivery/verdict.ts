/** placeholder for the owner of core/delivery */
export type Verdict =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly reason: string; readonly detail: string; readonly retryAfterMs?: number }
  | { readonly kind: 'split'; readonly reason: string; readonly detail: string }
  | { readonly kind: 'pause'; readonly reason: string; readonly detail: string }
  | { readonly kind: 'reject'; readonly reason: string; readonly detail: string };
