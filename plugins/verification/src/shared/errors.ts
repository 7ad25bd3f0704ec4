import type { Annotation } from '@exact/sdk/contract';
import { defineError } from '@exact/sdk/contract';

export const VotesNotTakenError = defineError({
  code: 'VOTES_NOT_TAKEN',
  status: 409,
  message: () =>
    'People work together in this project: a verdict stands on the annotation itself. Votes are taken where a project or study is blind, or asks for second opinions.',
});

export const VoteInsteadError = defineError<{ path: string }>({
  code: 'VOTE_INSTEAD',
  status: 409,
  message: (d) =>
    `This project asks for second opinions, so nobody's verdict stands on the annotation alone. Vote on it in the panel "Verification" (${d.path}); the outcome is written when voting has ended.`,
});

export const NotAReaderError = defineError<{ why: 'study' | 'role' }>({
  code: 'NOT_A_READER',
  status: 403,
  message: (d) =>
    d.why === 'study'
      ? 'You are not among the readers of the study that is running here. Votes that you have cast stay in the log; a manager can put you on the list.'
      : 'Your role does not include giving verdicts. Votes that you have cast stay in the log; a manager can make you a verifier.',
});

export const VotingClosedError = defineError({
  code: 'VOTING_CLOSED',
  status: 409,
  message: () => 'Voting has ended here; nothing was stored. A manager can open it again.',
});

export const VotingOpenError = defineError<{ by: 'study' | 'project' }>({
  code: 'VOTING_OPEN',
  status: 409,
  message: (d) =>
    d.by === 'study'
      ? 'A study is running, so outcomes are not final. End its phase first.'
      : 'Voting goes on, so outcomes are not final. End it first.',
});

export const ImageDoneError = defineError<{ imageId: number }>({
  code: 'IMAGE_DONE',
  status: 409,
  message: (d) => `You have finished image ${d.imageId} in this study; your answers to it are closed.`,
});

export const VoteStaleError = defineError<{ current: Annotation }>({
  code: 'VOTE_STALE',
  status: 409,
  message: (d) =>
    `The object was changed meanwhile: it is at revision ${d.current.revision} now. Nothing was stored; look at it again and vote.`,
});

export const IdInUseError = defineError<{ what: string; id: string }>({
  code: 'ID_IN_USE',
  status: 409,
  message: (d) => `You have used the ${d.what} id ${d.id} for something else. Make a new one and send it again.`,
});

export const OwnObjectError = defineError({
  code: 'OWN_OBJECT',
  status: 422,
  message: () =>
    'This is your own drawing. In a blind reading it is your opinion already: change or delete it, or vote on what you were shown.',
});

export const ForeignTemplateError = defineError<{ templateId: number; reason: string }>({
  code: 'TEMPLATE_NOT_FITTING',
  status: 422,
  message: (d) =>
    `Template ${d.templateId} ${d.reason}. Choose an active template of this project for the same kind of shape.`,
});

export const ShapeInvalidError = defineError<{ reason: string; code: string }>({
  code: 'SHAPE_INVALID',
  status: 422,
  message: (d) => `The shape cannot be stored: ${d.reason}`,
});

export const RuleRefusedError = defineError<{ field: string; problem: string; message: string }>({
  code: 'RULE_REFUSED',
  status: 422,
  message: (d) => d.message,
});

export const RuleOfStudyError = defineError({
  code: 'RULE_OF_STUDY',
  status: 409,
  message: () => 'The running study brings its own rule. Change it there, or end its phase first.',
});

export const NotAdjudicatorError = defineError({
  code: 'NOT_AN_ADJUDICATOR',
  status: 403,
  message: () =>
    'Disputes are decided, and all votes seen, by managers of the project and the adjudicators of a running study.',
});

export const StillOpenError = defineError<{ cast: number; needed: number }>({
  code: 'STILL_OPEN',
  status: 409,
  message: (d) =>
    `${d.cast} of ${d.needed} opinions are there, so nothing can be decided yet. Wait for the others, or end voting first.`,
});

export const NotEmptyError = defineError<{ count: number }>({
  code: 'NOT_EMPTY',
  status: 409,
  message: (d) =>
    `There ${d.count === 1 ? 'is 1 object' : `are ${d.count} objects`} on the image that you have not rejected, so it is not empty. Reject or delete them, or say that the image is complete.`,
});

export const ObjectsLeftError = defineError<{ count: number }>({
  code: 'OBJECTS_LEFT',
  status: 409,
  message: (d) =>
    `${d.count === 1 ? '1 object is' : `${d.count} objects are`} left without your verdict. Give it, "unsure" included, and say then that the image is complete.`,
});

export const TooManyObjectsError = defineError<{ count: number; limit: number }>({
  code: 'TOO_MANY_OBJECTS',
  status: 422,
  message: (d) =>
    `There are ${d.count} objects; at most ${d.limit} are gone through at once. Choose an image set, an image or a class.`,
});

export const InvalidVerdictError = defineError<{ field: 'templateId' | 'geometry'; verdict: string; reason: string }>({
  code: 'VERDICT_INCOMPLETE',
  status: 422,
  message: (d) => `${d.field}: the verdict "${d.verdict}" ${d.reason}.`,
});
