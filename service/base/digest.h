// SHA-256, the only digest of the project: it names releases, documents and
// answers.
//
// A Sha256 belongs to one thread at a time.

#ifndef COLLATE_SERVICE_BASE_DIGEST_H_
#define COLLATE_SERVICE_BASE_DIGEST_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

struct evp_md_ctx_st;

namespace collate::base {

class Sha256 {
 public:
  Sha256();
  // Goes on from where `other` is.
  Sha256(const Sha256& other);
  Sha256& operator=(const Sha256&) = delete;

  Sha256& Update(absl::string_view bytes);

  // 32 bytes, or 64 lower-case hexadecimal digits, of everything since the
  // last Finish; then starts afresh.
  std::string Finish();
  std::string FinishHex();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };

  void Start();

  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::string Sha256Hex(absl::string_view bytes);

}  // namespace collate::base

#endif  // COLLATE_SERVICE_BASE_DIGEST_H_
