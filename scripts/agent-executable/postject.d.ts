/** postject comes without types. */
declare module 'postject' {
  export function inject(
    path: string,
    resourceName: string,
    content: Uint8Array,
    options: { readonly sentinelFuse: string },
  ): Promise<void>;
}
