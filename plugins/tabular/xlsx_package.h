// How the parts of an Office Open XML package hang together: content types,
// relationships, and the workbook's list of sheets. Handlers of their parts;
// parts are found by relationship and type, never by path.
//
// Internal to this folder. One thread at a time.

#ifndef COLLATE_PLUGINS_TABULAR_XLSX_PACKAGE_H_
#define COLLATE_PLUGINS_TABULAR_XLSX_PACKAGE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/status.h"
#include "plugins/tabular/workbook.h"
#include "plugins/tabular/xml.h"
#include "plugins/tabular/zip.h"

namespace collate::tabular {

// An attribute that says 1 or true.
bool XmlFlag(const XmlElement& element, std::string_view name);

class ContentTypes : public PathHandler {
 public:
  explicit ContentTypes(const Archive& archive) : archive_(archive) {}

  // Empty when the package does not say.
  std::string TypeOf(size_t entry) const;

 protected:
  Status Enter(int parent, const XmlElement& element, int* state) override;

 private:
  const Archive& archive_;
  std::map<size_t, std::string> overrides_;
  std::vector<std::pair<std::string, std::string>> defaults_;
};

struct Relationship {
  std::string id;
  std::string kind;  // the last word of its type
  std::string target;
  bool external = false;
};

class Relationships : public PathHandler {
 public:
  explicit Relationships(const Budget& budget) : budget_(budget) {}

  // Null when there is none.
  const Relationship* ById(std::string_view id) const;
  const Relationship* ByKind(std::string_view kind) const;
  uint64_t Count(std::string_view kind) const;

 protected:
  Status Enter(int parent, const XmlElement& element, int* state) override;

 private:
  const Budget& budget_;
  std::vector<Relationship> all_;
};

// The name of the part that `target` means as seen from part `from`.
Status ResolveTarget(std::string_view from, std::string_view target,
                     std::string* name);
// Where the relationships of a part stand.
std::string RelationshipsOf(const std::string& part);

struct ListedSheet {
  SheetInfo info;
  std::string relationship;
};

class WorkbookPart : public PathHandler {
 public:
  explicit WorkbookPart(const Budget& budget) : budget_(budget) {}

  bool epoch_1904() const { return epoch_1904_; }
  const std::vector<ListedSheet>& sheets() const { return sheets_; }

 protected:
  Status Enter(int parent, const XmlElement& element, int* state) override;

 private:
  const Budget& budget_;
  bool epoch_1904_ = false;
  std::vector<ListedSheet> sheets_;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_XLSX_PACKAGE_H_
