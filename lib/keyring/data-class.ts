import { Token } from 'aws-cdk-lib';
import { BreakwaterError, shown } from '../validation';

const NAME = /^[a-z][a-z0-9-]{0,39}$/;

/**
 * Kind of data in a store. Each class has its own key. So a right to read the catalogue, for
 * example, doesn't include a right to decrypt customers' data.
 */
export class DataClass {
  /** Personal data: orders, customers, documents. */
  public static readonly PERSONAL = new DataClass('personal', ['dynamodb', 's3']);

  /** Data that everyone may read and few may change, such as catalogues. */
  public static readonly PUBLIC_DATA = new DataClass('public-data', ['dynamodb', 's3']);

  /** Messages in queues and topics. */
  public static readonly MESSAGES = new DataClass('messages', ['sqs', 'sns']);

  /** Log groups. */
  public static readonly LOGS = new DataClass('logs', []);

  /** Data that the library needs to find other data: the shard maps in the map table. */
  public static readonly CONTROL = new DataClass('control', ['dynamodb']);

  /** Messages that wait or were given up: the quarantine. */
  public static readonly QUARANTINE = new DataClass('quarantine', ['dynamodb']);

  /**
   * Makes another class, with its own key.
   * @param className up to 40 lower-case letters, digits and dashes; the same name means the same
   * class
   * @param services names of the services that store data of the class, as in `kms:ViaService`;
   * default: dynamodb, s3, sqs, sns
   */
  public static of(className: string, services?: string[]): DataClass {
    if (!Token.isUnresolved(className) && !NAME.test(typeof className === 'string' ? className : '')) {
      throw new BreakwaterError(
        `DataClass.of: className must be 1 to 40 lower-case letters, digits and dashes, a letter first, got ${shown(className)}`,
      );
    }
    return new DataClass(className, services ?? ['dynamodb', 's3', 'sqs', 'sns']);
  }

  private constructor(
    /** Name of the class, part of its key's alias. */
    public readonly className: string,
    /**
     * Services through which the class's key can be used. The key of log groups has a policy
     * statement for CloudWatch Logs instead.
     */
    public readonly services: string[],
  ) {}
}
