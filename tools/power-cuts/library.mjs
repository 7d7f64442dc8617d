/** What the campaign needs of Hallows, by a function that loads a file of dist/: of the build, or of a mutant's. */
export async function loadLibrary(load) {
  const { loadSystem, createSession } = await load("system/index.js");
  const { cutPower } = await load("devices/index.js");
  return { loadSystem, createSession, cutPower };
}
