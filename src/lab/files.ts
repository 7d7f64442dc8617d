/** Contents by file name, without folders. */
export type LabFiles = Readonly<Record<string, Uint8Array>>;
