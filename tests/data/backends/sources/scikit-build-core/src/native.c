#include <Python.h>

static PyObject *answer(PyObject *self, PyObject *none) {
    return PyLong_FromLong(42);
}

static PyMethodDef functions[] = {{"answer", answer, METH_NOARGS, "Return 42."}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "native", NULL, -1, functions};

PyMODINIT_FUNC PyInit_native(void) {
    return PyModule_Create(&module);
}
