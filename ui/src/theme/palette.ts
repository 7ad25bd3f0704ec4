/** Colours of one theme; every pair that is used for text keeps 4.5 : 1, borders of controls 3 : 1 (WCAG 2.2 AA). */
export interface Palette {
  readonly dark: boolean;
  readonly colors: Readonly<Record<string, string>>;
}

export const LIGHT: Palette = {
  dark: false,
  colors: {
    background: '#F5F6F8',
    surface: '#FFFFFF',
    'surface-bright': '#FFFFFF',
    'surface-light': '#EEF0F3',
    'surface-variant': '#3A424E',
    'on-surface-variant': '#F4F6F9',
    'on-background': '#1A1F27',
    'on-surface': '#1A1F27',
    primary: '#1D5BBF',
    'on-primary': '#FFFFFF',
    secondary: '#4A5568',
    muted: '#566070',
    line: '#DFE3E8',
    'line-strong': '#868F9C',
    error: '#B3261E',
    warning: '#855300',
    success: '#146C43',
    info: '#1D5BBF',
  },
};

export const DARK: Palette = {
  dark: true,
  colors: {
    background: '#0F1216',
    surface: '#161A20',
    'surface-bright': '#1D222A',
    'surface-light': '#12161B',
    'surface-variant': '#C6CDD8',
    'on-surface-variant': '#10141A',
    'on-background': '#E4E8EE',
    'on-surface': '#E4E8EE',
    primary: '#78AEFF',
    'on-primary': '#07152B',
    secondary: '#A3AEBD',
    muted: '#9BA6B5',
    line: '#282F39',
    'line-strong': '#687484',
    error: '#FF8A80',
    'on-error': '#2B0503',
    warning: '#EBB64E',
    success: '#62CF9B',
    info: '#78AEFF',
  },
};
