"""The build backend that the sandbox's sdists bring along, so that pip can install them without a network."""


def pyproject_text(name: str, version: str) -> str:
    """Return the pyproject.toml of an sdist that brings its own build backend."""
    return (
        f'[project]\nname = "{name}"\nversion = "{version}"\n\n'
        '[build-system]\nrequires = []\nbuild-backend = "build_backend"\nbackend-path = ["."]\n'
    )


def backend_text(name: str, module: str, version: str) -> str:
    """Return the module `build_backend`, which needs nothing but the standard library."""
    return _BACKEND.format(name=name, module=module, version=version)


_BACKEND = '''"""Build this one project's wheel: a module and its metadata."""

import pathlib
import zipfile


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    info = "{module}-{version}.dist-info"
    file = "{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(wheel_directory) / file, "w") as wheel:
        wheel.write("{module}/__init__.py")
        wheel.writestr(info + "/METADATA", "Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
        wheel.writestr(info + "/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "/RECORD", "")
    return file
'''
