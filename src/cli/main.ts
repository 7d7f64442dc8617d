#!/usr/bin/env node
/**
 * The executable. It imports nothing of ours before V8 may keep what it compiles: Node does that from 22.1 on, in a
 * folder below the host's temporary one (or NODE_COMPILE_CACHE), with a file for each of ours. Without it, or where
 * nothing can be written, all is compiled each time.
 */
import * as nodeModule from "node:module";

const { enableCompileCache } = nodeModule as { readonly enableCompileCache?: () => unknown };
enableCompileCache?.();
const { start } = await import("./start.js");
await start();
