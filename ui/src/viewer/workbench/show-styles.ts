import type { Template } from '@exact/sdk/contract';
import { watchEffect, type Ref } from 'vue';
import type { AnnotationLayer } from '../../annotate/layer/index.ts';
import { choices } from '../choices.ts';

/** Keeps the layer's styles as the templates and the person's choices say, as long as the calling scope lives. */
export function showStyles(
  layer: AnnotationLayer,
  templates: Readonly<Ref<readonly Template[]>>,
  isHidden: Readonly<Ref<boolean>>,
): void {
  watchEffect(() => {
    layer.setStyles(
      templates.value.map((item) => [
        item.id,
        {
          color: item.colour,
          lineWidth: choices.lineWidth,
          fillOpacity: choices.fillOpacity[item.id] ?? 0.15,
          visible: !choices.hiddenTemplates.includes(item.id),
        },
      ]),
    );
  });
  watchEffect(() => layer.setDisplay({ fill: choices.isFilled, hidden: isHidden.value, opacity: choices.opacity }));
}
