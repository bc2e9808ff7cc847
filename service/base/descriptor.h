// A file descriptor that is closed with its owner. Movable.

#ifndef COLLATE_SERVICE_BASE_DESCRIPTOR_H_
#define COLLATE_SERVICE_BASE_DESCRIPTOR_H_

#include <unistd.h>

#include <utility>

namespace collate::base {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.Release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      Close();
      fd_ = other.Release();
    }
    return *this;
  }
  ~Descriptor() { Close(); }

  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  int Release() { return std::exchange(fd_, -1); }
  void Close() {
    if (fd_ >= 0) close(Release());
  }

 private:
  int fd_ = -1;
};

}  // namespace collate::base

#endif  // COLLATE_SERVICE_BASE_DESCRIPTOR_H_
