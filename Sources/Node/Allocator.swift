internal import CLinux

/// The C library's allocator, as a process that is nothing but a node wants it.
public enum Allocator {
  /// Keeps freed memory for the next batch. A node's buffers of some hundred kilobytes come and go with every batch; left
  /// to itself the allocator gives each back to the kernel, which then clears its pages anew.
  ///
  /// Call it once, before the node starts. Memory held for this beyond what is in use: 64 MB at most in each of the
  /// allocator's arenas, of which there are some threads' worth.
  public static func keepMemory() {
    _ = mallopt(M_MMAP_THRESHOLD, 32 << 20)
    _ = mallopt(M_TRIM_THRESHOLD, 64 << 20)
  }
}
