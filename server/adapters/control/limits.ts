/** Most bytes of a body that the control API reads. */
export const BODY_MAX_BYTES = 1024 * 1024;
