// OpenSeadragon is a classic script; here it becomes a module with a default export, as its types say.
import OpenSeadragon from 'openseadragon';
export default OpenSeadragon;
