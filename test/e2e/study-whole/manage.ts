import type { Locator, Page } from 'playwright-core';
import type { Rule } from '../../study/numbers.ts';
import { ARMS, armOf, IMAGES_OF_TASK, READERS, RULE, SEED, TASKS } from './plan.ts';

// The manager's page of studies.

const select = (within: Page | Locator, page: Page, label: string): Locator =>
  within.locator('.v-select').filter({ has: page.getByText(label, { exact: true }) });
async function pick(within: Page | Locator, page: Page, label: string, ...options: readonly string[]): Promise<void> {
  await select(within, page, label).first().click();
  for (const name of options) await page.getByRole('option', { name, exact: true }).click();
  if (await page.getByRole('listbox').isVisible()) await page.keyboard.press('Escape');
  await page.getByRole('listbox').waitFor({ state: 'hidden' });
}
const save = async (page: Page): Promise<void> => {
  await page.getByTestId('study-save').click();
  await page.getByTestId('study-saved').getByText('Saved', { exact: true }).waitFor();
  await page.getByTestId('study-sound').waitFor();
};

/** Makes a study with a blind phase in two arms, and one of second opinions on the first task. */
export async function setUpStudy(page: Page): Promise<void> {
  await page.getByLabel('Title of a new study').fill('With and without a model');
  await page.getByTestId('study-make').click();
  await page.getByTestId('study-set-up').waitFor();
  await pick(page, page, 'Readers', ...READERS);
  await pick(page, page, 'Adjudicators', 'dora');

  await page.getByRole('button', { name: 'Add arm' }).click();
  await page.getByLabel('Arm 2', { exact: true }).fill(ARMS[1]);
  await select(page, page, 'Layers').nth(1).click();
  await page.getByRole('option', { name: 'Model 1', exact: true }).click();
  await page.keyboard.press('Escape');

  for (const [i, name] of TASKS.entries()) {
    await page.getByTestId('study-add-task').click();
    const task = page.getByTestId('study-task').nth(i);
    await task.getByLabel(`Task ${i + 1}`, { exact: true }).fill(name);
    await task.getByLabel('Instruction').fill(`Mark all of: ${name}.`);
    await task.getByRole('button', { name: `Add all of “${name}” (${IMAGES_OF_TASK})` }).click();
  }

  await page.getByRole('button', { name: 'Add phase' }).click();
  const [blind, second] = [page.getByTestId('study-phase').nth(0), page.getByTestId('study-phase').nth(1)];
  await blind.getByLabel('Title').fill('Blind reading');
  await blind.getByLabel('Seed').fill(`${SEED}`);
  await second.getByLabel('Title').fill('Second opinions');
  await pick(second, page, 'Mode', 'Second opinion: several judge each object');
  await pick(second, page, 'Cases', 'in any order');
  await pick(second, page, 'Order of images', 'as listed');
  await fillRule(second, RULE);
  for (const r of READERS.keys()) {
    for (const t of TASKS.keys())
      await blind
        .getByTestId('study-arm')
        .nth(r * TASKS.length + t)
        .selectOption({ label: ARMS[armOf(r, t)] });
    await second
      .getByTestId('study-arm')
      .nth(r * TASKS.length)
      .selectOption({ label: ARMS[0] });
  }
  await save(page);
}

async function fillRule(phase: Locator, { k, strict }: Rule): Promise<void> {
  const needed = phase.getByLabel('Opinions for each object', { exact: true });
  await needed.fill(`${k}`);
  await needed.press('Tab');
  await phase.getByLabel('One rejection makes a dispute').setChecked(strict);
}

/** Gives the second phase another rule, which counts at once. */
export async function changeRule(page: Page, rule: Rule, reason: string): Promise<void> {
  await page.getByTestId('study-tab-setUp').click();
  await fillRule(page.getByTestId('study-phase').nth(1), rule);
  await save(page);
  await page.getByLabel('Reason for the change').fill(reason);
  await page.getByTestId('study-force').click();
  await page.getByRole('link', { name: 'Export version 2' }).waitFor();
}

export async function openPhase(page: Page, title: string): Promise<void> {
  await page.getByTestId('study-tab-running').click();
  await page.getByRole('button', { name: `Open “${title}”` }).click();
  await page.getByRole('button', { name: `Close “${title}”` }).waitFor();
}
export async function closePhase(page: Page, title: string): Promise<void> {
  await page.getByTestId('study-tab-running').click();
  await page.getByRole('button', { name: `Close “${title}”` }).click();
  await page.getByRole('button', { name: `Open “${title}”` }).waitFor();
}
