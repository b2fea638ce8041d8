/** Files that the build brings in as text or for their side effect. */

declare module "worker:*" {
  const text: string;
  export default text;
}
declare module "*.css";
