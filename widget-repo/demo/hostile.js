// What old libraries and careless pages do to the language that everybody shares.
Array.prototype.toJSON = function toJSON() {
  return 'hostile';
};
Array.prototype.last = function last() {
  return this[this.length - 1];
};
Object.prototype.hostile = 'inherited';
Object.prototype.placeOrder = 'inherited';
String.prototype.replaceAll = function replaceAll() {
  return 'hostile';
};
Element.prototype.remove = function remove() {
  this.setAttribute('data-not-removed', '');
};
window.name = 'hostile';
window.status = 'hostile';
