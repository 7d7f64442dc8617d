export async function openTerminal(..._: unknown[]): Promise<void> {}
