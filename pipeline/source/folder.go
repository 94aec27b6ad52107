package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

// folders are files of one row each, sorted into a folder for each class, as Keras'
// image_dataset_from_directory and text_dataset_from_directory read them.
type folders struct {
	paths
	labels     string
	classNames []string
	endings    []string // that files have; nil for any
	input      bool     // rows to predict: classes may be there or not
}

// labelColumn is the column of the classes.
const labelColumn = "label"

func (s *folders) bind(b *schema.Block, what string) {
	b.String(&s.path, "path", "The folder of the dataset, with a folder of "+what+" for each class.", schema.Optional(), schema.Path())
	b.String(&s.train, "train", "As path, for training, where the parts are apart.", schema.Optional(), schema.Path())
	b.String(&s.validation, "validation", "As path, for validation.", schema.Optional(), schema.Path())
	b.String(&s.test, "test", "As path, for the test split.", schema.Optional(), schema.Path())
	b.Enum(&s.labels, "labels", `Whether the folders are classes, which the column "label" holds as numbers in the order of their names, or there are none.`, []string{"inferred", "none"}, schema.Default("inferred"))
	b.Strings(&s.classNames, "class_names", "The folders that are classes, in the order of their numbers; all, in the order of their names, where it is left out.", schema.Optional())
}

func (s *folders) Validate() error {
	if err := s.paths.Validate(); err != nil {
		return err
	}
	if s.labels == "none" && s.classNames != nil {
		return schema.Atf("class_names", `without labels there are no classes`)
	}
	seen := map[string]bool{}
	for _, name := range s.classNames {
		if seen[name] {
			return schema.Atf("class_names", "%q is named twice", name)
		}
		seen[name] = true
		if !filepath.IsLocal(name) {
			return schema.Atf("class_names", "%q is no folder of the dataset", name)
		}
	}
	return nil
}

// rowFile is a file that makes a row.
type rowFile struct {
	path  string
	class int32
	wrong error // why it is not to be read; nil
}

// list returns a part's files in the order of the classes and of their names, and the classes. A path that
// is a file, or a pattern, stands for what it names, without classes.
func (s *folders) list(dir, part string) (files []rowFile, classes []string, err error) {
	found, err := s.find(dir, part)
	if err != nil {
		return nil, nil, err
	}
	if s.labels == "none" || len(found) > 1 || !isDir(found[0]) {
		for _, path := range found {
			more, err := s.walk(path, 0)
			if err != nil {
				return nil, nil, err
			}
			files = append(files, more...)
		}
		return files, nil, s.some(files, found[0])
	}
	root := found[0]
	classes = s.classNames
	if classes == nil {
		entries, err := os.ReadDir(root) // sorted
		if err != nil {
			return nil, nil, err
		}
		for _, e := range entries {
			if !strings.HasPrefix(e.Name(), ".") && isDir(filepath.Join(root, e.Name())) {
				classes = append(classes, e.Name())
			}
		}
		if len(classes) == 0 && s.input {
			files, err = s.walk(root, 0)
			return files, nil, errors.Join(err, s.some(files, root))
		}
		if len(classes) == 0 {
			return nil, nil, fmt.Errorf(`%s holds no folders, and each class is one; with labels = "none" there are no classes`, root)
		}
	}
	for i, class := range classes {
		more, err := s.walk(filepath.Join(root, class), int32(i))
		if err != nil {
			return nil, nil, err
		}
		files = append(files, more...)
	}
	return files, classes, s.some(files, root)
}

// Hash notes the files of a part; those of a folder as one.
func (s *folders) Hash(ctx context.Context, r Request) error {
	files, _, err := s.list(r.Dir, r.Part)
	if err != nil {
		return err
	}
	notes, done := s.notes(s.root(r.Dir, r.Part), r)
	r.Files = notes
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.path
	}
	if err := hashAll(ctx, names, r); err != nil {
		return err
	}
	return done()
}

func isDir(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}

func (s *folders) some(files []rowFile, root string) error {
	if len(files) > 0 {
		return nil
	}
	kinds := "of text"
	if s.endings != nil {
		kinds = strings.Join(s.endings, ", ")
	}
	return fmt.Errorf("there are no files (%s) in %s", kinds, root)
}

// walk lists the files of a folder and of those in it, sorted; links to folders are not followed, so that
// nothing outside is read and no circle is walked.
func (s *folders) walk(root string, class int32) ([]rowFile, error) {
	var files []rowFile
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != root && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir() || d.Type()&fs.ModeSymlink != 0 && isDir(path):
			return nil
		case s.endings == nil || slices.Contains(s.endings, strings.ToLower(filepath.Ext(path))):
			files = append(files, rowFile{path: path, class: class})
		}
		return nil
	})
	return files, err
}

// at is the folders of another path, with rows to predict.
func (s folders) at(path string) folders {
	s.paths, s.input = paths{path: path}, true
	return s
}

// root is where a part's rows are counted, for errors.
func (s *folders) root(dir, part string) string {
	found, err := s.find(dir, part)
	if err != nil || len(found) > 1 {
		return dir
	}
	return found[0]
}

// notes returns where the files of a part are to be noted, and what ends that: those of a folder count as
// one file.
func (s *folders) notes(root string, r Request) (files *Files, done func() error) {
	if r.Files == nil || !isDir(root) {
		return r.Files, func() error { return nil }
	}
	all := new(Files)
	return all, func() error { return r.Files.addFolder(root, all) }
}

// columns are the names of the columns; content is what the files hold.
func (s *folders) columns(content string, classes []string) []string {
	if classes == nil {
		return []string{content}
	}
	return []string{content, labelColumn}
}

// label is the field of the classes.
func (s *folders) label(name string, classes []string) column.Field {
	f := column.Scalar(name, column.Int32)
	f.Classes = classes
	return f
}

// maxFolderFile bounds a file of a folder.
const maxFolderFile = 256 << 20

// readWhole reads a file and notes it.
func readWhole(path string, files *Files) ([]byte, error) {
	f, size, err := open(path, files)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > maxFolderFile {
		return nil, &Error{File: path, Err: errFull(size, maxFolderFile)}
	}
	raw := make([]byte, size)
	n, err := f.ReadAt(raw, 0)
	if n < len(raw) {
		return nil, &Error{File: path, Err: errors.Join(errors.New("it became shorter while it was read"), err)}
	}
	return raw, nil
}
