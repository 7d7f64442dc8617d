/**
 * What a disk may hold after a loss of power, told from what its medium was asked to do alone: the campaign's own
 * opinion, in other words than the device's (src/devices/store/power-cut.ts).
 */

/**
 * Sectors by number, each a list of what it may hold: first what the last answered flush, or the beginning, made sure,
 * then what was written since.
 */
export function createHistory(image, sectorBytes) {
  /** @type {Map<number, { number: number, bytes: Uint8Array }[]>} */
  const versions = new Map();
  const first = (sector) => image.subarray(sector * sectorBytes, (sector + 1) * sectorBytes);
  return {
    write(number, at, bytes) {
      for (let offset = 0; offset < bytes.length; offset += sectorBytes) {
        const sector = (at + offset) / sectorBytes;
        if (!versions.has(sector)) versions.set(sector, [{ number: 0, bytes: first(sector) }]);
        versions.get(sector).push({ number, bytes: bytes.slice(offset, offset + sectorBytes) });
      }
    },
    /** All writes up to `covers` are safe. */
    flush(covers) {
      for (const list of versions.values()) {
        const last = list.findLastIndex(({ number }) => number <= covers);
        list.splice(0, last);
      }
    },
    /** What is to be judged later: a copy. */
    mark: () => new Map([...versions].map(([sector, list]) => [sector, [...list]])),
  };
}

/** The number of a sector that holds what it can't, or -1. */
export function findForbidden(mark, image, disk, sectorBytes, torn) {
  for (let sector = 0; sector * sectorBytes < disk.length; sector++) {
    const held = disk.subarray(sector * sectorBytes, (sector + 1) * sectorBytes);
    const versions = mark.get(sector);
    const isAllowed =
      versions === undefined
        ? Buffer.compare(held, image.subarray(sector * sectorBytes, (sector + 1) * sectorBytes)) === 0
        : versions.some(({ bytes }) => Buffer.compare(held, bytes) === 0) ||
          (torn &&
            isMixture(
              held,
              versions.map(({ bytes }) => bytes),
            ));
    if (!isAllowed) return sector;
  }
  return -1;
}

/** Torn sectors begin with one version and go on with another; several times where it was written several times. */
function isMixture(held, versions) {
  return held.every((byte, index) => versions.some((bytes) => bytes[index] === byte));
}
