/** Tools of catalogues that tests make. */
import type { CatalogueTool } from "./tool.ts";

export function tool(server: string, name: string, parameters: readonly string[] = []): CatalogueTool {
  return { name, server, description: "", parameters, types: {} };
}
