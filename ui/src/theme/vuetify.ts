import 'vuetify/styles';
import './tokens.css';
import './vuetify.css';
import { createVuetify } from 'vuetify';
import { aliases, mdi } from 'vuetify/iconsets/mdi-svg';
import { ICONS } from './icons.ts';
import { DARK, LIGHT } from './palette.ts';
import { sharedComponents } from './shared-components.ts';

/** Vuetify set up for the shell and, by {@link sharedComponents}, for plugins. */
export function createTheme() {
  const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce;
  return createVuetify({
    components: sharedComponents,
    icons: {
      defaultSet: 'mdi',
      aliases: {
        ...aliases,
        ...Object.fromEntries(Object.entries(ICONS).map(([name, path]) => [name, `svg:${path}`])),
      },
      sets: { mdi },
    },
    theme: {
      defaultTheme: 'dark',
      themes: { light: LIGHT, dark: DARK },
      ...(nonce ? { cspNonce: nonce } : {}), // its theme goes into a <style> element, which the page's policy lets pass by nonce
    },
    defaults: {
      global: { ripple: false, transition: 'fade-transition' },
      VBtn: { variant: 'outlined', density: 'comfortable', elevation: 0 },
      VTextField: { variant: 'outlined', density: 'compact', hideDetails: 'auto', color: 'primary' },
      VTextarea: {
        variant: 'outlined',
        density: 'compact',
        hideDetails: 'auto',
        color: 'primary',
        rows: 3,
        autoGrow: true,
      },
      VSelect: { variant: 'outlined', density: 'compact', hideDetails: 'auto', color: 'primary' },
      VAutocomplete: { variant: 'outlined', density: 'compact', hideDetails: 'auto', color: 'primary' },
      VCombobox: { variant: 'outlined', density: 'compact', hideDetails: 'auto', color: 'primary' },
      VNumberInput: {
        variant: 'outlined',
        density: 'compact',
        hideDetails: 'auto',
        color: 'primary',
        controlVariant: 'hidden',
      },
      VSwitch: { color: 'primary', density: 'compact', hideDetails: 'auto', inset: true },
      VCheckbox: { color: 'primary', density: 'compact', hideDetails: 'auto' },
      VSlider: { color: 'primary', density: 'compact', hideDetails: 'auto' },
      VTabs: { density: 'compact', height: 40, color: undefined },
      VChip: { size: 'small', variant: 'tonal' },
      VList: { density: 'compact', nav: true, bgColor: 'transparent' },
      VTooltip: { location: 'bottom', openDelay: 350 },
      VMenu: { offset: 6 },
      VProgressLinear: { color: 'primary', height: 4 },
      VCard: { elevation: 0 },
    },
  });
}
