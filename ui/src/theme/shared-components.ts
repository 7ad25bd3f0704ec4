import type { SHARED_COMPONENTS } from '@exact/sdk/ui';
import type { Component } from 'vue';
import { VAlert } from 'vuetify/components/VAlert';
import { VAutocomplete } from 'vuetify/components/VAutocomplete';
import { VBtn } from 'vuetify/components/VBtn';
import { VBtnToggle } from 'vuetify/components/VBtnToggle';
import { VCard, VCardActions, VCardText, VCardTitle } from 'vuetify/components/VCard';
import { VCheckbox } from 'vuetify/components/VCheckbox';
import { VChip } from 'vuetify/components/VChip';
import { VCombobox } from 'vuetify/components/VCombobox';
import { VDataTable, VDataTableVirtual } from 'vuetify/components/VDataTable';
import { VDialog } from 'vuetify/components/VDialog';
import { VDivider } from 'vuetify/components/VDivider';
import {
  VExpansionPanel,
  VExpansionPanels,
  VExpansionPanelText,
  VExpansionPanelTitle,
} from 'vuetify/components/VExpansionPanel';
import { VForm } from 'vuetify/components/VForm';
import { VIcon } from 'vuetify/components/VIcon';
import { VList, VListItem, VListItemSubtitle, VListItemTitle, VListSubheader } from 'vuetify/components/VList';
import { VMenu } from 'vuetify/components/VMenu';
import { VNumberInput } from 'vuetify/components/VNumberInput';
import { VProgressCircular } from 'vuetify/components/VProgressCircular';
import { VProgressLinear } from 'vuetify/components/VProgressLinear';
import { VRadio } from 'vuetify/components/VRadio';
import { VRadioGroup } from 'vuetify/components/VRadioGroup';
import { VRangeSlider } from 'vuetify/components/VRangeSlider';
import { VSelect } from 'vuetify/components/VSelect';
import { VSlider } from 'vuetify/components/VSlider';
import { VSwitch } from 'vuetify/components/VSwitch';
import { VTable } from 'vuetify/components/VTable';
import { VTab, VTabs } from 'vuetify/components/VTabs';
import { VTextarea } from 'vuetify/components/VTextarea';
import { VTextField } from 'vuetify/components/VTextField';
import { VTooltip } from 'vuetify/components/VTooltip';
import { VVirtualScroll } from 'vuetify/components/VVirtualScroll';

/** What plugins may use in their templates without importing it. The list is the SDK's; a missing part is a type error here. */
export const sharedComponents = {
  VAlert,
  VAutocomplete,
  VBtn,
  VBtnToggle,
  VCard,
  VCardActions,
  VCardText,
  VCardTitle,
  VCheckbox,
  VChip,
  VCombobox,
  VDataTable,
  VDataTableVirtual,
  VDialog,
  VDivider,
  VExpansionPanel,
  VExpansionPanels,
  VExpansionPanelText,
  VExpansionPanelTitle,
  VForm,
  VIcon,
  VList,
  VListItem,
  VListItemSubtitle,
  VListItemTitle,
  VListSubheader,
  VMenu,
  VNumberInput,
  VProgressCircular,
  VProgressLinear,
  VRadio,
  VRadioGroup,
  VRangeSlider,
  VSelect,
  VSlider,
  VSwitch,
  VTab,
  VTable,
  VTabs,
  VTextarea,
  VTextField,
  VTooltip,
  VVirtualScroll,
} satisfies Record<(typeof SHARED_COMPONENTS)[number], Component>;
