/** A task that does what it is told, good and bad. */
export default async function misbehave(
  input: { do: string },
  tools: { progress(fraction: number, step: string): void },
): Promise<object> {
  switch (input.do) {
    case 'throw':
      throw Object.assign(new Error('no'), { code: 'MY_CODE' });
    case 'crash':
      process.kill(process.pid, 'SIGSEGV');
      return new Promise(() => undefined);
    case 'exit':
      return process.exit(0);
    case 'hang':
      for (;;);
    case 'eat': {
      const held: Buffer[] = [];
      for (;;) {
        held.push(Buffer.alloc(10 * 2 ** 20, 1));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    default:
      tools.progress(0.5, 'half');
      return { bytes: Uint8Array.of(1, 2, 3), pid: process.pid, hasSecret: process.env['DATABASE_URL'] !== undefined };
  }
}
