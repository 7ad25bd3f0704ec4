import { computed, ref, watchEffect } from 'vue';
import { useRoute } from 'vue-router';
import { useTheme } from 'vuetify';

export const THEME_CHOICES = ['system', 'light', 'dark'] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];

const KEY = 'exact:theme';

function readChoice(): ThemeChoice {
  const stored = localStorage.getItem(KEY);
  return THEME_CHOICES.find((choice) => choice === stored) ?? 'system';
}

const choice = ref<ThemeChoice>(readChoice());

/**
 * The theme that a person has chosen in this browser. `system` follows the system, except in routes with `meta.dark`: colours
 * of stained tissue are judged best on a dark ground.
 */
export function useThemeChoice() {
  const theme = useTheme();
  const route = useRoute();
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  const isSystemDark = ref(system.matches);
  system.addEventListener('change', (event) => (isSystemDark.value = event.matches));

  const shown = computed<'light' | 'dark'>(() => {
    if (choice.value !== 'system') return choice.value;
    return route.meta['dark'] === true || isSystemDark.value ? 'dark' : 'light';
  });
  watchEffect(() => void theme.change(shown.value));

  return {
    choice,
    shown,
    choose(next: ThemeChoice): void {
      choice.value = next;
      localStorage.setItem(KEY, next);
    },
  };
}
