import { defineConfig } from "vitest/config";

// Tests import the built files: vitest rewrites imports of what it transforms into getters, which slows the hot loops
// of the engines 20 to 50 times. So `npm test` builds first, and dist/ stays untouched here.
export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    server: { deps: { external: [/\/dist\//, /\/tools\//] } },
    pool: "forks",
    maxWorkers: "100%",
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
