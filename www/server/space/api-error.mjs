/** What the API refuses, in Space's words. Whoever throws it leaves the answer to the API's error handler. */
export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const invalid = (message) => new ApiError(400, "validation-error", message);
export const duplicated = (message) => new ApiError(400, "duplicated-entity", message);
export const denied = (message) => new ApiError(403, "permission-denied", message);
export const notFound = (message) => new ApiError(404, "not-found", message);
