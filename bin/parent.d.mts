export function endWithNpx(): void;
export function endWithParent(parent: number): void;
