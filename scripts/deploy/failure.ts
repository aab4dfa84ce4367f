/** What ends a deployment: a text for a person. Everything else that is thrown is a bug and keeps its stack. */
export class DeployFailure extends Error {}
