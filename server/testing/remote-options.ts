export interface ConnectOptions {
  /** What the server was given as MOCK_APNS_API_TOKEN. */
  readonly token?: string;
  /**
   * Base URLs, where they are not the host of the control API with the ports that the server itself knows: containers
   * whose ports are mapped.
   */
  readonly sendUrl?: string;
  readonly manageUrl?: string;
  readonly manageProductionUrl?: string;
}
