/** The error for an alarm with a part that isn't supported. The message names this part. */
export class UnsupportedAlarm extends Error {
  public override readonly name = 'UnsupportedAlarm';
}
