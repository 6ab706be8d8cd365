/** A queue that a topic goes to. */
export interface Topic {
  readonly url: string;
  readonly fifo: boolean;
}

export type Topics = Readonly<Record<string, Topic>>;

/**
 * Reads the relay's list of topics.
 * @throws Error that names what is wrong
 */
export function parseTopics(text: string): Topics {
  const topics: unknown = JSON.parse(text);
  if (typeof topics !== 'object' || topics === null || Array.isArray(topics)) {
    throw new Error(`topics must be a JSON object, got ${text.slice(0, 80)}`);
  }
  for (const [name, topic] of Object.entries(topics)) {
    if (typeof topic?.url !== 'string' || typeof topic?.fifo !== 'boolean') {
      throw new Error(`topic '${name}' needs a url and fifo, got ${JSON.stringify(topic)}`);
    }
  }
  // No prototype: a message for the topic 'constructor' must find nothing.
  return Object.assign(Object.create(null), topics);
}
