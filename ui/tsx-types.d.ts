// esbuild takes style sheets as imports and writes them beside the script.
declare module '*.css' {}
