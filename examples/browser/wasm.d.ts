/** What esbuild's loader `file` makes of a binary: a copy in dist, and its address. */
declare module "*.wasm" {
  const address: string;
  export default address;
}
