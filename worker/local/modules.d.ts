/** Filled in by cli/serve/bundle.ts when it builds the local bundle. */
declare module 'spillway:migrations' {
  const migrations: readonly { readonly name: string; readonly sql: string }[];
  export default migrations;
}
