// Whether bytes are well-formed UTF-8 without NUL, as the ABI asks of texts.

#ifndef COLLATE_SERVICE_WORKER_UTF8_H_
#define COLLATE_SERVICE_WORKER_UTF8_H_

#include <string>

#include "absl/strings/string_view.h"

namespace collate::worker {

// Refuses overlong forms, surrogates and what is above U+10FFFF.
bool IsText(absl::string_view bytes);

// `bytes` with everything that IsText would refuse as '?'.
std::string ToText(absl::string_view bytes);

}  // namespace collate::worker

#endif  // COLLATE_SERVICE_WORKER_UTF8_H_
