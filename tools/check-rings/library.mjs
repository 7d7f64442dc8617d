/** What the checker needs of Hallows, by a function that loads a file of dist/: of the build, or of a mutant's. */
export async function loadLibrary(load) {
  const files = ["machine", "hal", "kernel", "devices", "trace", "system", "abi", "ipc"];
  const modules = await Promise.all(files.map((file) => load(`${file}/index.js`)));
  return Object.assign({}, ...modules);
}
