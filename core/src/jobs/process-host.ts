/**
 * What runs in a separate process: waits for one task at a time, runs the default function of a module, answers. Started by
 * `processes.ts` only. It gets no secrets in its environment and talks through the channel of the parent alone.
 */
type Work = (input: unknown, tools: { readonly progress: (fraction: number, step: string) => void }) => unknown;

interface Task {
  readonly id: number;
  readonly module: string;
  readonly input: unknown;
}

process.on('message', (task: Task) => {
  void run(task);
});
// Without its parent nobody wants the answer.
process.on('disconnect', () => process.exit(0));

async function run({ id, module, input }: Task): Promise<void> {
  try {
    const { default: work } = (await import(module)) as { default: Work };
    const value = await work(input, { progress: (fraction, step) => process.send?.({ id, progress: fraction, step }) });
    process.send?.({ id, value });
  } catch (error) {
    process.send?.({ id, error: describe(error) });
  }
}

function describe(error: unknown): { code: string; message: string } {
  if (error instanceof Error) {
    const { code } = error as { code?: unknown };
    return { code: typeof code === 'string' ? code : 'TASK_FAILED', message: error.message };
  }
  return { code: 'TASK_FAILED', message: String(error) };
}
