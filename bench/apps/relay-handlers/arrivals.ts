interface Event {
  readonly Records: readonly { readonly body: string; readonly attributes: { readonly SentTimestamp: string } }[];
}

/** Reports the time at which SQS got each message. The benchmark replaces the address. */
export const handler = async ({ Records }: Event) => {
  const arrivals = Records.map(({ body, attributes }) => [JSON.parse(body).body.orderId, attributes.SentTimestamp]);
  await fetch('http://collector', { method: 'POST', body: JSON.stringify(arrivals) });
  return { batchItemFailures: [] };
};
