/**
 * Forms of the messages in a worker's queue. Synth sets the form of each worker. So no message can
 * choose how it is read. `envelope` is the form of the relay's messages.
 */
export const MESSAGE_FORMS = ['envelope', 'sns', 's3', 'eventbridge', 'plain'] as const;

/** Form of the messages in a worker's queue. All messages of a queue have the same form. */
export type MessageForm = (typeof MESSAGE_FORMS)[number];

/**
 * The form that an environment variable states.
 * @throws Error if there is no such form
 */
export function readMessageForm(value: string | undefined): MessageForm {
  const form = MESSAGE_FORMS.find((one) => one === (value ?? 'envelope'));
  if (form !== undefined) return form;
  throw new Error(`the form of messages must be one of ${MESSAGE_FORMS.join(', ')}, got '${value}'`);
}
