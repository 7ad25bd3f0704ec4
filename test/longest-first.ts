import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take half a minute and more. Met last, one of them would leave the other core with nothing to do. */
const LONG = [
  'test/two-worlds/two-worlds.test.ts',
  'test/images/corpus.test.ts',
  'test/e2e/markup.test.ts',
  'test/e2e/agreement.test.ts',
  'plugins/annotation-import/src/server/import.test.ts',
  'test/import/experts.test.ts',
];

/** Starts the files that take long before the others; within a group, since groups run one after the other. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const groupOf = ({ project }: TestSpecification): number => project.config.sequence.groupOrder;
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.some((path) => moduleId.endsWith(`/${path}`));
    return sorted.sort((a, b) => groupOf(a) - groupOf(b) || Number(isLong(b)) - Number(isLong(a)));
  }
}
