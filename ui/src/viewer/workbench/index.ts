export { createWorkbench, type WorkbenchOptions } from './create-workbench.ts';
export { isShared, workBlindAs } from './locks.ts';
export { useWorkbench, WORKBENCH_KEY, type Workbench } from './use-workbench.ts';
