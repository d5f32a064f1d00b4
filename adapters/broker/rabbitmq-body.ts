/** As it was sent, or as other JSON of the same value: the library has parsed what its sender called text or JSON. */
export const bytesOf = (body: unknown): Buffer =>
  Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
