/**
 * Vuetify components that the shell has registered: a plugin's template uses them by name and imports nothing, so that its
 * bundle stays small and looks like the rest. Anything else a plugin brings along itself.
 *
 * Icons go by name too: `<VIcon icon="$chart" />`; the names stand in `ui/src/theme/icons.ts`. Colours, spaces and type are
 * CSS variables: `--ex-surface`, `--ex-foreground`, `--ex-muted`, `--ex-line`, `--ex-accent`, `--ex-space-1` … `--ex-space-6`,
 * `--ex-radius`, `--ex-text`, `--ex-text-small`, `--ex-mono` (`ui/src/theme/tokens.css`).
 *
 * @since 1.0
 */
export const SHARED_COMPONENTS = [
  'VAlert',
  'VAutocomplete',
  'VBtn',
  'VBtnToggle',
  'VCard',
  'VCardActions',
  'VCardText',
  'VCardTitle',
  'VCheckbox',
  'VChip',
  'VCombobox',
  'VDataTable',
  'VDataTableVirtual',
  'VDialog',
  'VDivider',
  'VExpansionPanel',
  'VExpansionPanels',
  'VExpansionPanelText',
  'VExpansionPanelTitle',
  'VForm',
  'VIcon',
  'VList',
  'VListItem',
  'VListItemSubtitle',
  'VListItemTitle',
  'VListSubheader',
  'VMenu',
  'VNumberInput',
  'VProgressCircular',
  'VProgressLinear',
  'VRadio',
  'VRadioGroup',
  'VRangeSlider',
  'VSelect',
  'VSlider',
  'VSwitch',
  'VTab',
  'VTable',
  'VTabs',
  'VTextarea',
  'VTextField',
  'VTooltip',
  'VVirtualScroll',
] as const;

/**
 * Components of the platform itself, used by name as well.
 *
 * - `<CalibrationPrompt />`: says that the image has no scale, and lets those who hold `images:write` set it, by typing or by a line over a
 *   known length; others are told whom to ask. Shows nothing where the scale is known, so it can always stand there. In the viewer
 *   of the image that is shown; elsewhere with `:image`, and without the line. See `useScale()`.
 * - `<KeyButton command="…" icon="…" @click>`: a button that does the same as a command of the manifest, with the key that the person has
 *   for it; `disabled`, and `is-on` where it stays pressed.
 *
 * @since 1.0
 */
export const PLATFORM_COMPONENTS = ['CalibrationPrompt', 'KeyButton'] as const;
