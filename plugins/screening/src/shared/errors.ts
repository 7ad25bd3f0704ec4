import { defineError } from '@exact/sdk/contract';

export const ScaleUnknownError = defineError<{ imageId: number; by: string }>({
  code: 'SCALE_UNKNOWN',
  status: 422,
  message: (d) =>
    `Image ${d.imageId} does not say how large its pixels are, so fields cannot be planned by ${d.by === 'um' ? 'micrometres' : 'magnification'}. Calibrate the image, or give the size of fields in pixels.`,
});

export const RegionOutsideError = defineError<{ region: string; width: number; height: number }>({
  code: 'REGION_OUTSIDE',
  status: 422,
  message: (d) =>
    `The region ${d.region} lies outside of the image, which has ${d.width} × ${d.height} px. Choose a region on it.`,
});

export const TooManyFieldsError = defineError<{ reason: string }>({
  code: 'TOO_MANY_FIELDS',
  status: 422,
  message: (d) => d.reason,
});

export const TooManyPlansError = defineError<{ limit: number }>({
  code: 'TOO_MANY_PLANS',
  status: 409,
  message: (d) =>
    `You have ${d.limit} plans on this image that stand for themselves, which is the limit. Let the new plan take the place of one of them ("supersedes").`,
});

export const NoTissueError = defineError<{ share: number; minTissueShare: number }>({
  code: 'NO_TISSUE',
  status: 422,
  message: (d) =>
    d.share === 0
      ? 'The mask has found no tissue at all, so there would be no field to look at. Change its threshold or background, or plan without skipping fields.'
      : `No field holds ${d.minTissueShare} of tissue, so there would be none to look at. Ask for a smaller share, or plan without skipping fields.`,
});

export const TissueNotReadyError = defineError<{ tissueId: string; state: string }>({
  code: 'TISSUE_NOT_READY',
  status: 409,
  message: (d) =>
    d.state === 'waiting'
      ? `The mask ${d.tissueId} is still being made. Wait for it, or plan without skipping fields.`
      : `The mask ${d.tissueId} was not made (${d.state}). Ask for it again, or plan without skipping fields.`,
});

export const TissueRefusedError = defineError<{ field: string; message: string }>({
  code: 'TISSUE_REFUSED',
  status: 422,
  message: (d) => `${d.field}: ${d.message}`,
});

export const SharedPlanError = defineError({
  code: 'SHARED_PLAN',
  status: 403,
  message: () =>
    'A plan for all readers is made, superseded and shared out by managers of the project. You can make a plan of your own.',
});

export const NotYourPlanError = defineError({
  code: 'NOT_YOUR_PLAN',
  status: 403,
  message: () => 'This plan is for the person who has made it; others have plans of their own, or one for all.',
});

export const PlanSupersededError = defineError<{ planId: string; by: string }>({
  code: 'PLAN_SUPERSEDED',
  status: 409,
  message: (d) => `Plan ${d.planId} was superseded by ${d.by}. What was recorded in it stays; go on in the new one.`,
});

export const FieldNotInPlanError = defineError<{ field: number; fields: number }>({
  code: 'FIELD_NOT_IN_PLAN',
  status: 422,
  message: (d) => `There is no field ${d.field}: the plan has ${d.fields}, counted from 0.`,
});

/** Nothing of the batch was stored. Without the visits that are named, it can be sent again. */
export const VisitsRefusedError = defineError<{
  visits: readonly { readonly id: string; readonly code: string; readonly message: string }[];
}>({
  code: 'VISITS_REFUSED',
  status: 422,
  message: (d) =>
    `${d.visits.length === 1 ? 'A visit' : `${d.visits.length} visits`} cannot be true, so nothing was stored: ${d.visits
      .slice(0, 3)
      .map(({ message }) => message)
      .join(' ')}`,
});

export const IdInUseError = defineError<{ what: string; id: string }>({
  code: 'ID_IN_USE',
  status: 409,
  message: (d) => `You have used the ${d.what} id ${d.id} for something else. Make a new one and send it again.`,
});

export const TooManyMarksError = defineError<{ limit: number }>({
  code: 'TOO_MANY_MARKS',
  status: 409,
  message: (d) => `There are ${d.limit} marks in this plan, which is the limit. Take some away first.`,
});

export const SharesRefusedError = defineError<{ reason: string }>({
  code: 'SHARES_REFUSED',
  status: 422,
  message: (d) => d.reason,
});

export const TimeInFutureError = defineError<{ field: string; value: number; sentAt: number }>({
  code: 'TIME_IN_FUTURE',
  status: 422,
  message: (d) =>
    `${d.field} is ${d.value}, which is ${d.value - d.sentAt} ms after the request was sent (${d.sentAt}). Take both from the same clock.`,
});
