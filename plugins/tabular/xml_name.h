// Names of elements and attributes of XML, resolved: prefixes are the writer's
// choice, namespaces are not. The strict and the transitional names of Office
// Open XML are one here.

#ifndef COLLATE_PLUGINS_TABULAR_XML_NAME_H_
#define COLLATE_PLUGINS_TABULAR_XML_NAME_H_

#include <cstdint>
#include <string_view>

namespace collate::tabular {

enum class Xmlns : uint8_t {
  kNone = 0,   // no namespace, as attributes without a prefix
  kOther = 1,  // none of those below
  kSheet,      // spreadsheetml main
  kWord,       // wordprocessingml main
  kMarkup,     // markup compatibility: content in several versions
  kRelationship,
  kPackageRelationships,
  kContentTypes,
  kOffice,  // OpenDocument from here on
  kTable,
  kText,
  kStyle,
  kManifest,
  kCalcExtension,
};

// By its name, kNone for an empty one.
Xmlns XmlnsOf(std::string_view uri);

// Both for messages and for telling names: the local part of a resolved name.
struct XmlName {
  Xmlns ns = Xmlns::kOther;
  std::string_view local;

  bool Is(Xmlns space, std::string_view name) const {
    return ns == space && local == name;
  }
};

struct XmlAttribute {
  XmlName name;
  std::string_view value;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_XML_NAME_H_
