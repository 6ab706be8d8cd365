/**
 * What kind of data a store holds. Each class has one key, so that whoever may read the catalogue can't thereby read a customer.
 */
export class DataClass {
  /** Orders, customers, documents: what the law calls personal. */
  public static readonly PERSONAL = new DataClass('personal', ['dynamodb', 's3']);

  /** Catalogues and the like: anyone may read them, so integrity is what matters. */
  public static readonly PUBLIC_DATA = new DataClass('public-data', ['dynamodb', 's3']);

  /** Messages on their way through queues and topics. */
  public static readonly MESSAGES = new DataClass('messages', ['sqs', 'sns']);

  /** Log groups. */
  public static readonly LOGS = new DataClass('logs', []);

  /** What the library itself must know to find data: the map table. */
  public static readonly CONTROL = new DataClass('control', ['dynamodb']);

  /**
   * A class of your own, with a key of its own.
   * @param className lower-case letters, digits and dashes; the same name means the same class
   * @param services services that store it, as `kms:ViaService` names them; default: dynamodb, s3, sqs, sns
   */
  public static of(className: string, services?: string[]): DataClass {
    return new DataClass(className, services ?? ['dynamodb', 's3', 'sqs', 'sns']);
  }

  private constructor(
    /** Name of the class, part of its key's alias. */
    public readonly className: string,
    /** Services through which alone the class's key can be used; log groups are let in by their own statement. */
    public readonly services: string[],
  ) {}
}
